"""``python -m campaign_association``: the command, where its script is not at hand."""

from campaign_association.cli import main

if __name__ == "__main__":
    main(prog_name="campaign-association")
