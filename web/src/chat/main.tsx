import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { createRoot } from "react-dom/client";
import { followColorScheme } from "../shared/appearance";
import { type Configuration, readConfiguration } from "../shared/configuration";
import { CHAT_COLORS } from "./chat_colors";
import { CrashScreen } from "./crash_screen";
import { Page } from "./page";
import { PageContextProvider } from "./page_context";
import { readPageOptions } from "./page_options";
import { WORDS } from "./words";

const options = readPageOptions(location.search, navigator.languages);
const words = WORDS[options.ui];

document.documentElement.lang = options.ui;
// The page's own languages; each message finds its direction by itself.
document.documentElement.dir = "ltr";
followColorScheme(options.theme);

function configured(): Configuration | null {
  try {
    return readConfiguration();
  } catch {
    return null;
  }
}

const configuration = configured();
const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <CrashScreen words={words}>
      <PageContextProvider value={{ words, locale: options.locale }}>
        <div style={CHAT_COLORS}>
          {configuration ? (
            <Page configuration={configuration} options={options} />
          ) : (
            <main>
              <Box variant="h1" padding="m">
                {words.chat}
              </Box>
              <Alert type="error">{words.unpublished}</Alert>
            </main>
          )}
        </div>
      </PageContextProvider>
    </CrashScreen>,
  );
}
