/** The only script addresses that the page ever makes from a text: those of its own two workers. */

/** The name is in the page's content security policy, which lets it be made once. */
const POLICY = 'latchkey-worker';

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (text: string) => string }): { createScriptURL(text: string): string };
}

let policy: { createScriptURL(text: string): string } | undefined;

/** An address as the browser takes it for a worker. `own`: of this program, never from outside. */
export function scriptAddress(own: string): string {
  const types: unknown = Reflect.get(window, 'trustedTypes');
  if (!isPolicyFactory(types)) return own;
  policy ??= types.createPolicy(POLICY, { createScriptURL: (text) => text });
  return policy.createScriptURL(own);
}

function isPolicyFactory(types: unknown): types is PolicyFactory {
  return typeof types === 'object' && types !== null && 'createPolicy' in types;
}
