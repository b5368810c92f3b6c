-- What people said about their activities, scored, with the evidence.

-- a text is numbered within its activity
create unlogged table spoken as
with said as (
    select
        activity_number,
        activity_id,
        text_type,
        text_number,
        activity_number * 8 + text_number as spoken_number,
        least(day + text_number * 10 + 1, %(as_of)s) as spoken_at
    from activity
    inner join text_kind using (activity_type)
    where
        draw('spoken', activity_number * 8 + text_number) < share
        and (activity_type = 'match' or day <= %(as_of)s)
        and (
            activity_type = 'match'
            or draw('not_held', activity_number) >= %(not_held)s
        )
)

select
    said.*,
    case
        when text_type = 'kintell_feedback' then activity_id
        else id_of('text', spoken_number)
    end as text_id
from said;
analyze spoken;

insert into buddy_feedback (id, match_id, from_role, rating, comment, submitted_at)
select
    text_id,
    activity_id,
    case text_number when 1 then 'participant' else 'buddy' end,
    2 + pick('buddy_rating', spoken_number, 4),
    sentence.value,
    spoken_at
from spoken
inner join faker_pool as sentence
    on sentence.kind = 'sentence'
    and pick('comment', spoken_number, %(pool_size)s) = sentence.entry
where text_type = 'buddy_feedback';

insert into buddy_checkins (id, match_id, mood, notes, checked_in_at)
select
    text_id,
    activity_id,
    (array['good', 'mixed', 'low'])[1 + pick('mood', spoken_number, 3)],
    sentence.value,
    spoken_at
from spoken
inner join faker_pool as sentence
    on sentence.kind = 'sentence'
    and pick('checkin_note', spoken_number, %(pool_size)s) = sentence.entry
where text_type = 'checkin_note';

-- a text is scored on two dimensions, the first of them with its evidence
insert into outcome_scores (
    id, text_id, text_type, dimension, score, confidence, model_version, created_at
)
select
    id_of('score', score_number),
    text_id,
    text_type,
    outcome.dimension,
    (150 + pick('score', score_number, 400) + pick('score_2', score_number, 400))
    * 0.001,
    case when draw('confident', score_number) >= 0.05
        then (550 + pick('confidence', score_number, 430)) * 0.001 end,
    'outcomes-2',
    spoken_at
from spoken
cross join generate_series(0, 1) as aspect
cross join lateral (select spoken_number * 2 + aspect as score_number) as numbered
inner join outcome
    on (pick('dimension', spoken_number, 10) + aspect * 3) %% 10 = outcome.outcome;

insert into evidence_snippets (id, outcome_score_id, snippet_text, created_at)
select
    id_of('snippet', spoken_number),
    id_of('score', spoken_number * 2),
    sentence.value,
    spoken_at
from spoken
inner join faker_pool as sentence
    on sentence.kind = 'sentence'
    and pick('snippet', spoken_number, %(pool_size)s) = sentence.entry
where draw('has_snippet', spoken_number) < 0.8;
