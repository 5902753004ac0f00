"""The review module's one DynamoDB table.

| item | pk | sk | state_key | time_key |
|---|---|---|---|---|
| candidate | `CANDIDATE#<id>` | `CANDIDATE` | `CANDIDATE#<status>` | |
| rating | `CANDIDATE#<id>` | `RATING#<job>#<reviewer>` | `RATING` | `REVIEWER#<reviewer>` |
| trace of a candidate | `CONVERSATION#<id>` | `CANDIDATE#<candidate>` | | |
| correction | `CONVERSATION#<id>` | `CORRECTION#<id>` | `CORRECTION` | |
| trace of an article | `CONVERSATION#<id>` | `ARTICLE#<article>` | | |
| trace of a dataset | `CONVERSATION#<id>` | `DATASET#<version, ten digits>` | | |
| withdrawal | `CONVERSATION#<id>` | `WITHDRAWN` | `WITHDRAWN` | |
| job | `JOB#<name>` | `JOB` | `JOB#unfinished`, until it ended | `JOB` |
| task | `JOB#<name>` | `TASK#<candidate>` | `TASK#open`, while it is | `TASKS#<job>`, so too |
| reviewer | `REVIEWERS` | `<reviewer>` | | |
| sitting | `SITTINGS` | `<reviewer>` | | |
| article | `ARTICLE#<id>` | `ARTICLE` | `ARTICLE#<status>` | `ARTICLE#unsettled`, while it is |
| erasure to be done | `ERASURES` | `<conversation>#<job>#<candidate>` | | |
| dataset | `DATASETS` | `<version, ten digits>` | | |
| model | `MODELS#<version>` | `<model>` | | |
| audit entry | `AUDIT#<year>-<month>` | `<time>#<entry>` | `AUDIT` | |
| random candidates of a day | `DAY#<date>` | `RANDOM` | | |

Traces are nothing but their keys; a dataset's has `labels`, too: the candidates of the conversation
whose labels it holds, and in which split.
"""

from tandem.aws.document_table import DocumentTable


class ReviewTable(DocumentTable):
    """What the review keeps."""
