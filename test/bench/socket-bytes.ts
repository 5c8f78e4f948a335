/** Counts what comes and goes over every WebSocket of this process or page, the only transport of a newcomer of the bench. */

export interface SocketBytes {
  received: number;
  sent: number;
}

/** Has every WebSocket made from now on counted. Self-contained, so that it can be handed to a page as it is. */
export function countSocketBytes(): SocketBytes {
  const bytes: SocketBytes = { received: 0, sent: 0 };
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', ({ data }) => {
        bytes.received += data.byteLength ?? data.length;
      });
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      bytes.sent += typeof data === 'string' ? data.length : 'byteLength' in data ? data.byteLength : data.size;
      super.send(data);
    }
  };
  return bytes;
}
