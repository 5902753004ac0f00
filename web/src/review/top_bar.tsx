import TopNavigation, {
  type TopNavigationProps,
} from "@cloudscape-design/components/top-navigation";
import { goTo } from "./places";

interface TopBarProps {
  name: string;
  lead: boolean;
  /** Whether this person works at the desk, too. */
  desk: boolean;
  onKeys: () => void;
  onSecondStep: () => void;
  onSignOut: () => void;
}

/** What goes for the whole review. */
export default function TopBar(props: TopBarProps) {
  const { name, lead, desk, onKeys, onSecondStep, onSignOut } = props;
  const utilities: TopNavigationProps.Utility[] = [
    ...(desk ? [{ type: "button", text: "Desk", href: "/desk" } as const] : []),
    {
      type: "button",
      iconName: "keyboard",
      text: "Keys",
      ariaLabel: "Keys: what the keyboard can do",
      onClick: onKeys,
    },
    {
      type: "menu-dropdown",
      text: name,
      description: lead ? "Lead" : "Reviewer",
      iconName: "user-profile",
      items: [
        { id: "second_step", text: "Two-step sign-in …" },
        { id: "sign_out", text: "Sign out" },
      ],
      onItemClick: ({ detail }) => (detail.id === "sign_out" ? onSignOut() : onSecondStep()),
    },
  ];
  return (
    <TopNavigation
      identity={{
        title: "Review",
        href: "/review",
        onFollow: (event) => {
          event.preventDefault();
          goTo("rate");
        },
      }}
      utilities={utilities}
      i18nStrings={{
        overflowMenuTriggerText: "More",
        overflowMenuTitleText: "All",
        overflowMenuBackIconAriaLabel: "Back",
        overflowMenuDismissIconAriaLabel: "Close",
      }}
    />
  );
}
