"""The tuning module's one DynamoDB table.

| item | pk | sk | state_key | time_key |
|---|---|---|---|---|
| training run | `RUN#<name>` | `RUN` | `RUN#unfinished`, until it ended | `RUN` |
| model version | `VERSIONS` | `<version, ten digits>` | | |
| pair | `PAIRS#<version>` | `<pair>` | | |
| conversation of a trial | `TRIAL#<version>` | `CONVERSATION#<conversation>` | | |
| figures of a trial | `TRIAL#<version>` | `FIGURES#<shard>` | | |
| lock of the model pointer | `POINTER` | `LOCK` | | |
| audit entry | `AUDIT#<year>-<month>` | `<time>#<entry>` | `AUDIT` | `SUBJECT#<subject>` |

A conversation of a trial and its figures are no documents: they have `arm` and `bad`, and a number
for each figure of `TrialFigures`, spread over shards by the conversation. The former expire.
"""

from tandem.aws.document_table import DocumentTable


class TuningTable(DocumentTable):
    """What the tuning module keeps."""
