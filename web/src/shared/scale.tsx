import "./scale.css";

interface ScaleProps<T extends number> {
  legend: string;
  /** By the digit that chooses it. */
  options: readonly { value: T; label: string }[];
  chosen: T | null;
  /** What is to be done before anything can be confirmed. */
  missing: string | null;
  onChoose: (value: T) => void;
}

/** One of a few is chosen: by its digit, by a click, or with the arrow keys. */
export default function Scale<T extends number>(props: ScaleProps<T>) {
  const { legend, options, chosen, missing, onChoose } = props;
  return (
    <fieldset className="scale">
      <legend>{legend}</legend>
      <div className="scale-options">
        {options.map(({ value, label }) => (
          <label className="scale-option" key={value}>
            <input
              type="radio"
              name="scale"
              value={value}
              checked={chosen === value}
              onChange={() => onChoose(value)}
            />
            <span className="scale-number">{value}</span>{" "}
            <span className="scale-label">{label}</span>
          </label>
        ))}
      </div>
      {missing && (
        <p className="scale-missing" role="alert">
          {missing}
        </p>
      )}
    </fieldset>
  );
}
