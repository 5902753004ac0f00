import type { TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import type { Schemas } from "../live/http";
import SignedInBar from "../sign_in/signed_in_bar";
import type { Permission } from "./browser_notification";

export type Place = "desk" | "overview";

interface TopBarProps {
  me: Schemas["PersonView"];
  /** Whether this person finds something at the review. */
  review: boolean;
  /** Whether models are trained in this deployment. */
  models: boolean;
  place: Place;
  sound: boolean;
  notifications: Permission;
  onPlace: (place: Place) => void;
  onSound: () => void;
  onNotifications: () => void;
  onShortcuts: () => void;
  onSecondStep: () => void;
  onSignOut: () => void;
}

/** Where one is, and what goes for the whole desk. */
export default function TopBar(props: TopBarProps) {
  const { me, review, models, place, sound, notifications, onPlace, onSound, onNotifications } =
    props;
  const follow = (to: Place) => (event: CustomEvent) => {
    event.preventDefault();
    onPlace(to);
  };
  const utilities: TopNavigationProps.Utility[] = [
    ...(me.lead
      ? [
          place === "desk"
            ? ({
                type: "button",
                text: "Overview",
                href: "/desk/overview",
                onFollow: follow("overview"),
              } as const)
            : ({ type: "button", text: "Queue", href: "/desk", onFollow: follow("desk") } as const),
        ]
      : []),
    ...(review ? [{ type: "button", text: "Review", href: "/review" } as const] : []),
    ...(models && me.lead ? [{ type: "button", text: "Models", href: "/models" } as const] : []),
    ...(notifications === "default"
      ? [
          {
            type: "button",
            iconName: "notification",
            text: "Notify me",
            title: "Show a notification of the browser when somebody waits and this page is hidden",
            ariaLabel: "Notify me when this page is hidden",
            onClick: onNotifications,
          } as const,
        ]
      : []),
    {
      type: "button",
      iconName: sound ? "audio-full" : "audio-off",
      text: sound ? "Sound on" : "Sound off",
      title: sound ? "Calls are heard" : "Calls are not heard",
      ariaLabel: sound ? "Sound on: switch it off" : "Sound off: switch it on",
      onClick: onSound,
    },
    {
      type: "button",
      iconName: "keyboard",
      text: "Shortcuts",
      ariaLabel: "Keyboard shortcuts",
      onClick: props.onShortcuts,
    },
  ];
  return (
    <SignedInBar
      title="Desk"
      home="/desk"
      onHome={() => onPlace("desk")}
      utilities={utilities}
      name={me.name}
      role={me.lead ? "Lead" : "Expert"}
      onSecondStep={props.onSecondStep}
      onSignOut={props.onSignOut}
    />
  );
}
