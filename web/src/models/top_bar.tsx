import SignedInBar from "../sign_in/signed_in_bar";
import { goTo, type Place } from "./places";

interface TopBarProps {
  place: Place;
  name: string;
  lead: boolean;
  /** Whether this person works at the desk, too. */
  desk: boolean;
  /** Whether answers are rated in this deployment. */
  review: boolean;
  onKeys: () => void;
  onSecondStep: () => void;
  onSignOut: () => void;
}

/** What goes for all pages of the models. */
export default function TopBar(props: TopBarProps) {
  const { place, name, lead, desk, review, onKeys, onSecondStep, onSignOut } = props;
  const home = lead ? "models" : "compare";
  return (
    <SignedInBar
      title="Models"
      home={lead ? "/models" : "/models/compare"}
      onHome={() => goTo(home)}
      utilities={[
        ...(desk ? [{ type: "button", text: "Desk", href: "/desk" } as const] : []),
        ...(review ? [{ type: "button", text: "Review", href: "/review" } as const] : []),
        ...(place === "compare"
          ? [
              {
                type: "button",
                iconName: "keyboard",
                text: "Keys",
                ariaLabel: "Keys: what the keyboard can do",
                onClick: onKeys,
              } as const,
            ]
          : []),
      ]}
      name={name}
      role={lead ? "Lead" : "Reviewer"}
      onSecondStep={onSecondStep}
      onSignOut={onSignOut}
    />
  );
}
