-- Pseudo-random numbers and ids that depend on nothing but the seed, a name for what
-- is drawn and a row's number: not on the plan, the order of rows or other draws.

create function hash_of(what text, row_number bigint, salt bigint) returns bigint
language sql immutable parallel safe
return hashint8extended(
    row_number, hashtextextended(what collate "C", %(seed)s) + salt
);

-- a number from 0 up to, but not, 1
create function draw(what text, row_number bigint) returns double precision
language sql immutable parallel safe
return (hash_of(what, row_number, 0) & 9007199254740991)
/ 9007199254740992.0::double precision;

-- a whole number from 0 to choices - 1
create function pick(what text, row_number bigint, choices integer) returns integer
language sql immutable parallel safe
return floor(draw(what, row_number) * choices)::integer;

create function id_of(what text, row_number bigint) returns uuid
language sql immutable parallel safe
return encode(
    int8send(hash_of(what, row_number, 1)) || int8send(hash_of(what, row_number, 2)),
    'hex'
)::uuid;
