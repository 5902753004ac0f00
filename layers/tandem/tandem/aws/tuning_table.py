"""The tuning module's one DynamoDB table.

| item | pk | sk | state_key | time_key |
|---|---|---|---|---|
| training run | `RUN#<name>` | `RUN` | `RUN#unfinished`, until it ended | `RUN` |
| model version | `VERSIONS` | `<version, ten digits>` | | |
| pair | `PAIRS#<version>` | `<pair>` | | |
| conversation of a trial | `TRIAL#<version>` | `CONVERSATION#<conversation>` | | |
| last call for a person in it | `TRIAL#<version>` | `CALLED#<conversation>` | | |
| figures of a trial | `TRIAL#<version>` | `FIGURES#<shard>` | | |
| lock of the model pointer | `POINTER` | `LOCK` | | |
| audit entry | `AUDIT#<year>-<month>` | `<time>#<entry>` | `AUDIT` | `SUBJECT#<subject>` |

What is kept of a trial are no documents: a conversation has `arm` and `bad`, a call `called_at`;
both expire. The figures have a number for each figure of `TrialFigures`, spread over shards by the
conversation.
"""

from tandem.aws.document_table import DocumentTable


class TuningTable(DocumentTable):
    """What the tuning module keeps."""
