import TopNavigation, {
  type TopNavigationProps,
} from "@cloudscape-design/components/top-navigation";
import { memo } from "react";

interface SignedInBarProps {
  title: string;
  home: string;
  onHome: () => void;
  utilities: readonly TopNavigationProps.Utility[];
  name: string;
  role: string;
  onSecondStep: () => void;
  onSignOut: () => void;
}

/**
 * The bar at the top of a page: where one is, where one can go, and who one is.
 *
 * Rendered anew only when it says something else. The library measures it and renders it once more
 * each time; with each letter that somebody types below, that is an endless loop to React when they
 * type faster than the page is drawn.
 */
export default memo(SignedInBar, (before, now) => JSON.stringify(before) === JSON.stringify(now));

function SignedInBar(props: SignedInBarProps) {
  const { title, home, onHome, utilities, name, role, onSecondStep, onSignOut } = props;
  return (
    <TopNavigation
      identity={{
        title,
        href: home,
        onFollow: (event) => {
          event.preventDefault();
          onHome();
        },
      }}
      utilities={[
        ...utilities,
        {
          type: "menu-dropdown",
          text: name,
          description: role,
          iconName: "user-profile",
          items: [
            { id: "second_step", text: "Two-step sign-in …" },
            { id: "sign_out", text: "Sign out" },
          ],
          onItemClick: ({ detail }) => (detail.id === "sign_out" ? onSignOut() : onSecondStep()),
        },
      ]}
      i18nStrings={{
        overflowMenuTriggerText: "More",
        overflowMenuTitleText: "All",
        overflowMenuBackIconAriaLabel: "Back",
        overflowMenuDismissIconAriaLabel: "Close",
      }}
    />
  );
}
