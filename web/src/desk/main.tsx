import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followColorScheme } from "../shared/appearance";
import { readConfiguration } from "../shared/configuration";
import { CognitoAuthentication } from "../sign_in/authentication";
import DeskPage from "./desk_page";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place to begin at.");

followColorScheme();
const configuration = readConfiguration();
const authentication = configuration.desk ? new CognitoAuthentication(configuration.desk) : null;
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <ErrorBoundary onError={() => {}}>
        <DeskPage configuration={configuration} authentication={authentication} />
      </ErrorBoundary>
    </I18nProvider>
  </StrictMode>,
);
