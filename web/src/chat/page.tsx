import { useEffect, useRef, useState } from "react";
import type { TurnSent } from "../contracts/frames";
import { CustomerSession, type Identity } from "../live/customer_session";
import type { Configuration } from "../shared/configuration";
import { Chat } from "./chat";
import { ChatHeader } from "./chat_header";
import { draftIn } from "./draft";
import { HostPage } from "./host_page";
import { kept } from "./kept";
import { usePage } from "./page_context";
import type { PageOptions } from "./page_options";

/** How long a frame waits to hear who the customer is, before it goes on with a guest. */
const HELLO_WITHIN_MS = 3_000;

const DRAFT = draftIn(kept(() => sessionStorage));

interface PageProps {
  configuration: Configuration;
  options: PageOptions;
}

/** The chat on a page of its own, or in the frame of a team's page. */
export function Page({ configuration, options }: PageProps) {
  const { words } = usePage();
  const [session, setSession] = useState<CustomerSession | null>(null);
  const [focusRequest, setFocusRequest] = useState(() => Number(!options.embedded && hasMouse()));
  const host = useRef<HostPage | null>(null);

  useEffect(() => {
    let begun: CustomerSession | null = null;
    const begin = (identity: Identity | null) => {
      const { http_url, websocket_url, guests } = configuration;
      const storage = kept(() => localStorage);
      const { language } = options;
      begun = new CustomerSession({ http_url, websocket_url, guests, language, storage, identity });
      setSession(begun);
    };
    if (!options.host) {
      begin(null);
      return () => begun?.stop();
    }
    const hello = setTimeout(() => begin(null), HELLO_WITHIN_MS);
    const page = new HostPage(options.host, {
      onIdentity: (identity) => {
        clearTimeout(hello);
        if (begun) void begun.identify(identity);
        else begin(identity);
      },
      onOpened: () => hasMouse() && setFocusRequest((count) => count + 1),
    });
    host.current = page;
    return () => {
      clearTimeout(hello);
      page.stop();
      begun?.stop();
    };
  }, [configuration, options]);

  useEffect(() => {
    if (!options.host) return;
    const closeByKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) host.current?.close();
    };
    addEventListener("keydown", closeByKey);
    return () => removeEventListener("keydown", closeByKey);
  }, [options]);

  const onClose = options.host ? () => host.current?.close() : undefined;
  if (!session) return <ChatHeader title={words.chat} conversation={null} onClose={onClose} />;
  return (
    <Chat
      session={session}
      draft={DRAFT}
      person={configuration.desk !== null}
      focusRequest={focusRequest}
      onNews={(turns: TurnSent[]) => turns.length > 0 && host.current?.news()}
      onClose={onClose}
    />
  );
}

/** Where there is none, the keyboard on the screen would cover what is to be read first. */
function hasMouse(): boolean {
  return matchMedia("(pointer: fine)").matches;
}
