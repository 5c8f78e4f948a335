/** Puts the whole page, with a fake app, before a test's browser, and takes it away again. */
/// <reference types="vite/client" />
import '../../src/ui/style.css';
import type { App } from '../../src/ui/app.ts';
import { AppShell } from '../../src/ui/app-shell.ts';
import type { CheckSource } from '../../src/ui/check/checks.ts';
import { hashOf, type Route } from '../../src/ui/route.ts';
import type { Deed, Scene } from './scenes.ts';

let mounted: AppShell | undefined;

/** Draws the page as it is at a route. */
export async function mount(app: App, route: Route = { page: 'start' }, checks?: CheckSource): Promise<AppShell> {
  unmount();
  const shell = new AppShell();
  shell.app = app;
  shell.route = route;
  if (checks !== undefined) shell.checks = checks;
  history.replaceState(undefined, '', hashOf(route));
  document.body.append(shell);
  mounted = shell;
  await drawn(shell);
  return shell;
}

export function unmount(): void {
  mounted?.remove();
  mounted = undefined;
  history.replaceState(undefined, '', '#/');
}

/** Draws a scene, and does what a person does to get there. */
export async function mountScene({ app, route, checks, act = [] }: Scene): Promise<AppShell> {
  const shell = await mount(app, route, checks);
  for (const step of act) {
    const element = await found(step);
    if ('click' in step) element.click();
    else if ('choose' in step && element instanceof HTMLSelectElement) {
      element.value = step.value;
      element.dispatchEvent(new Event('change', { bubbles: true }));
    } else if ('fill' in step && (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) {
      element.value = step.with;
      element.dispatchEvent(new Event('input', { bubbles: true }));
    }
    await drawn(shell);
  }
  return shell;
}

/** Two frames: views are pushed in microtasks, elements draw in others, and a dialog takes focus after that. */
async function drawn(shell: AppShell): Promise<void> {
  await shell.updateComplete;
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

async function found(step: Deed): Promise<HTMLElement> {
  const selector = 'click' in step ? step.click : 'fill' in step ? step.fill : step.choose;
  for (;;) {
    const element = document.querySelector<HTMLElement>(selector);
    if (element !== null) return element;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
