import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { type ComponentType, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followColorScheme } from "../shared/appearance";
import { type Configuration, readConfiguration } from "../shared/configuration";
import { type Authentication, CognitoAuthentication } from "./authentication";

export interface PageProps {
  configuration: Configuration;
  /** Null where nobody signs in. */
  authentication: Authentication | null;
}

/** Begin a page for people who sign in. */
export function begin(Page: ComponentType<PageProps>): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("The page has no place to begin at.");
  followColorScheme();
  const configuration = readConfiguration();
  const authentication = configuration.desk ? new CognitoAuthentication(configuration.desk) : null;
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en" messages={[messages]}>
        <ErrorBoundary onError={() => {}}>
          <Page configuration={configuration} authentication={authentication} />
        </ErrorBoundary>
      </I18nProvider>
    </StrictMode>,
  );
}
