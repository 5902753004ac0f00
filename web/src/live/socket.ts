import ReconnectingWebSocket from "partysocket/ws";

export type Link = "connecting" | "open" | "lost";

export interface SocketOptions<Gets> {
  /** The address with a fresh token; asked anew for each attempt. */
  url: () => Promise<string>;
  onFrame: (frame: Gets) => void;
  /**
   * `open` again after `lost`: something may have been missed. `lost` comes with each attempt that
   * fails.
   */
  onLink: (link: Link) => void;
}

/** Shorter than the ten minutes after which API Gateway closes a silent connection. */
const PING_MS = 60_000;
/** A connection that does not answer a ping for so long is dead, whatever the browser thinks. */
const PONG_WITHIN_MS = 5_000;
const CONNECT_WITHIN_MS = 10_000;
/**
 * API Gateway closes a connection that sends a larger frame, and browsers don't split a message:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const FRAME_BYTES = 32 * 1024;

/** A WebSocket that comes back by itself, and notices a connection that died silently. */
export class Socket<Sends, Gets extends { type: string }> {
  private socket: ReconnectingWebSocket;
  private closed = false;
  private readonly pinger: ReturnType<typeof setInterval>;
  private pongDue: ReturnType<typeof setTimeout> | undefined;
  private readonly wake = () => this.ping();
  private readonly offline = () => this.reconnect();

  constructor(private readonly options: SocketOptions<Gets>) {
    options.onLink("connecting");
    this.socket = this.connect();
    this.pinger = setInterval(this.wake, PING_MS);
    // A laptop that wakes up, a network that is back: don't wait for the next ping.
    addEventListener("online", this.wake);
    addEventListener("offline", this.offline);
    document.addEventListener("visibilitychange", this.wake);
  }

  /** False when it cannot go this way, now or ever (too large): nothing was sent. */
  send(frame: Sends): boolean {
    if (this.socket.readyState !== ReconnectingWebSocket.OPEN) return false;
    const text = JSON.stringify(frame);
    if (new TextEncoder().encode(text).length > FRAME_BYTES) return false;
    this.socket.send(text);
    return true;
  }

  /** Leave this connection, or the attempt to get one, and begin another at once. */
  reconnect(): void {
    const left = this.socket;
    this.socket = this.connect();
    left.close();
    this.options.onLink("lost");
  }

  close(): void {
    clearInterval(this.pinger);
    clearTimeout(this.pongDue);
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.offline);
    document.removeEventListener("visibilitychange", this.wake);
    this.closed = true;
    this.socket.close();
  }

  private connect(): ReconnectingWebSocket {
    clearTimeout(this.pongDue);
    this.pongDue = undefined;
    const socket = new ReconnectingWebSocket(this.options.url, undefined, {
      minReconnectionDelay: 500,
      maxReconnectionDelay: 15_000,
      reconnectionDelayGrowFactor: 1.6,
      connectionTimeout: CONNECT_WITHIN_MS,
      // What was not sent is sent again by whoever knows whether it arrived.
      maxEnqueuedMessages: 0,
    });
    const left = () => this.closed || this.socket !== socket;
    const lost = () => {
      if (left()) return;
      clearTimeout(this.pongDue);
      this.pongDue = undefined;
      this.options.onLink("lost");
    };
    socket.addEventListener("open", () => {
      if (!left()) this.options.onLink("open");
    });
    socket.addEventListener("close", lost);
    // Also when there was nothing to close: the address could not be had.
    socket.addEventListener("error", lost);
    socket.addEventListener("message", (event) => {
      if (left()) return;
      clearTimeout(this.pongDue);
      this.pongDue = undefined;
      const frame = parse<Gets>(event.data);
      if (frame && frame.type !== "pong") this.options.onFrame(frame);
    });
    return socket;
  }

  private ping(): void {
    if (document.visibilityState === "hidden" && this.pongDue) return;
    if (this.socket.readyState !== ReconnectingWebSocket.OPEN) {
      // partysocket would wait for the end of its pause.
      if (navigator.onLine && this.socket.retryCount > 0) this.reconnect();
      return;
    }
    this.socket.send(JSON.stringify({ action: "ping" }));
    this.pongDue ??= setTimeout(() => this.reconnect(), PONG_WITHIN_MS);
  }
}

function parse<Gets extends { type: string }>(data: unknown): Gets | undefined {
  try {
    const frame = JSON.parse(String(data)) as Gets;
    // API Gateway's own errors ("Internal server error") have no type.
    return typeof frame?.type === "string" ? frame : undefined;
  } catch {
    return undefined;
  }
}
