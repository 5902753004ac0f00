/** Two short notes, the second higher: heard, and not startling. */
const NOTES = [
  { hertz: 660, from: 0, to: 0.12 },
  { hertz: 880, from: 0.13, to: 0.3 },
];
const LOUDNESS = 0.08;
/** So that a note begins and ends without a click. */
const RAMP_SECONDS = 0.015;

/** The sound of a call. Browsers play nothing before the person has done something in the page. */
export class Tone {
  private context: AudioContext | undefined;

  play(): void {
    try {
      this.context ??= new AudioContext();
      const context = this.context;
      void context.resume();
      const now = context.currentTime;
      for (const { hertz, from, to } of NOTES) {
        const oscillator = context.createOscillator();
        const gain = context.createGain();
        oscillator.frequency.value = hertz;
        gain.gain.setValueAtTime(0, now + from);
        gain.gain.linearRampToValueAtTime(LOUDNESS, now + from + RAMP_SECONDS);
        gain.gain.setValueAtTime(LOUDNESS, now + to - RAMP_SECONDS);
        gain.gain.linearRampToValueAtTime(0, now + to);
        oscillator.connect(gain).connect(context.destination);
        oscillator.start(now + from);
        oscillator.stop(now + to);
      }
    } catch {
      // A machine without sound; the queue shows the call as well.
    }
  }
}
