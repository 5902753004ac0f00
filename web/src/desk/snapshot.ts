import { useSyncExternalStore } from "react";
import type { DeskSession, DeskSnapshot } from "../live/desk_session";
import type { Typed, TypedTexts } from "./typed_texts";

export function useSnapshot(session: DeskSession): DeskSnapshot {
  return useSyncExternalStore(session.subscribe, session.current);
}

export function useTyped(texts: TypedTexts, conversation_id: string): Typed {
  return useSyncExternalStore(texts.subscribe, () => texts.of(conversation_id));
}

export function useSetAside(texts: TypedTexts, draft: string | undefined): boolean {
  return useSyncExternalStore(
    texts.subscribe,
    () => draft !== undefined && texts.isSetAside(draft),
  );
}
