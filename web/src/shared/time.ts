/** `14:05`, in the reader's own way and time zone. */
export function clock(at: string, language?: string): string {
  return new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

/** `23 Nov, 14:05`, in the reader's own way and time zone. */
export function moment(at: string, language?: string): string {
  return new Date(at).toLocaleString(language, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** `23 Nov 2026`, in the reader's own way and time zone. */
export function day(at: string, language?: string): string {
  const parts = { day: "numeric", month: "short", year: "numeric" } as const;
  return new Date(at).toLocaleDateString(language, parts);
}

/** `0:42`, `12:05`, `1:02:03`; never negative. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
