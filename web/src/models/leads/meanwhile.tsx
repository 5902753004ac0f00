import type { Version } from "../../live/models_server";
import { share } from "./figures";
import { STATUSES } from "./status_words";

const FIELDS: readonly (readonly [name: string, of: (version: Version) => string])[] = [
  ["Status", ({ status }) => STATUSES[status][1]],
  ["Approved by", ({ approved_by }) => approved_by ?? "nobody"],
  ["Share of the conversations", (version) => share(version.share)],
  ["Reason", ({ reason }) => reason || "none"],
];

interface MeanwhileProps {
  /** As the lead saw it. */
  before: Version;
  /** As it is now. */
  after: Version;
}

/** What has changed of a version since somebody saw it. */
export default function Meanwhile({ before, after }: MeanwhileProps) {
  const changed = FIELDS.filter(([, of]) => of(before) !== of(after));
  return (
    <section aria-label="Changed meanwhile">
      {changed.length === 0 && <p>It is as you saw it.</p>}
      {changed.length > 0 && (
        <table className="version-meanwhile">
          <thead>
            <tr>
              <td />
              <th className="meanwhile-cell" scope="col">
                As you saw it
              </th>
              <th className="meanwhile-cell" scope="col">
                As it is now
              </th>
            </tr>
          </thead>
          <tbody>
            {changed.map(([name, of]) => (
              <tr key={name}>
                <th className="meanwhile-cell" scope="row">
                  {name}
                </th>
                <td className="meanwhile-cell">{of(before)}</td>
                <td className="meanwhile-cell">{of(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
