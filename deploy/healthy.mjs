// The image's health check: whether the relay in this container says that it lives.
const port = process.env.LATCHKEY_HTTP_PORT ?? '8080';
const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
