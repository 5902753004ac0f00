import { useEffect, useState } from "react";
import type { Schemas } from "../live/http";

export type ChatSettings = Schemas["ChatSettings"];

const RETRY_MS = 2_000;
const RETRY_AT_MOST_MS = 30_000;

/** The team's settings of the chat; null until they are there. It is tried until they are. */
export function useSettings(read: () => Promise<ChatSettings>): ChatSettings | null {
  const [settings, setSettings] = useState<ChatSettings | null>(null);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const attempt = async (pause: number) => {
      try {
        const found = await read();
        if (!stopped) setSettings(found);
      } catch {
        // The page works without them; whether the server is reached is said elsewhere.
        if (stopped) return;
        timer = setTimeout(() => void attempt(Math.min(pause * 2, RETRY_AT_MOST_MS)), pause);
      }
    };
    void attempt(RETRY_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [read]);
  return settings;
}
