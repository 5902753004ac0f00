import SignedInBar from "../sign_in/signed_in_bar";
import { goTo } from "./places";

interface TopBarProps {
  name: string;
  lead: boolean;
  /** Whether this person works at the desk, too. */
  desk: boolean;
  /** Whether models are trained in this deployment. */
  models: boolean;
  onKeys: () => void;
  onSecondStep: () => void;
  onSignOut: () => void;
}

/** What goes for the whole review. */
export default function TopBar(props: TopBarProps) {
  const { name, lead, desk, models, onKeys, onSecondStep, onSignOut } = props;
  return (
    <SignedInBar
      title="Review"
      home="/review"
      onHome={() => goTo("rate")}
      utilities={[
        ...(desk ? [{ type: "button", text: "Desk", href: "/desk" } as const] : []),
        ...(models
          ? [
              lead
                ? ({ type: "button", text: "Models", href: "/models" } as const)
                : ({ type: "button", text: "Compare", href: "/models/compare" } as const),
            ]
          : []),
        {
          type: "button",
          iconName: "keyboard",
          text: "Keys",
          ariaLabel: "Keys: what the keyboard can do",
          onClick: onKeys,
        },
      ]}
      name={name}
      role={lead ? "Lead" : "Reviewer"}
      onSecondStep={onSecondStep}
      onSignOut={onSignOut}
    />
  );
}
