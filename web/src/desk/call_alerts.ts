import { useEffect, useRef, useState } from "react";
import type { EscalationView } from "../contracts/frames";
import type { DeskSession } from "../live/desk_session";
import type { StoredSwitch } from "../shared/stored_switch";
import { notify } from "./browser_notification";
import { triggerWords } from "./escalation_words";
import type { Tone } from "./tone";

interface CallAlertsOptions {
  session: Pick<DeskSession, "onCall">;
  sound: StoredSwitch;
  tone: Pick<Tone, "play">;
  /** A notification was clicked. */
  onOpen: (conversation_id: string) => void;
}

/** Sound and notification for each call; returns the newest in words, for screen readers. */
export function useCallAlerts({ session, sound, tone, onOpen }: CallAlertsOptions): string {
  const [newest, setNewest] = useState("");
  const open = useRef(onOpen);
  open.current = onOpen;
  useEffect(
    () =>
      session.onCall((escalation: EscalationView) => {
        if (sound.isOn()) tone.play();
        notify(escalation, () => open.current(escalation.conversation_id));
        setNewest(`Somebody is waiting: ${triggerWords(escalation.trigger)}.`);
      }),
    [session, sound, tone],
  );
  return newest;
}
