/** Draws one scene by its name in the address (`?scene=chain`), or a list of them all: for a person's eye. */
import '../../src/ui/app-shell.ts';
import { SCENES } from './scenes.ts';

const name = new URLSearchParams(location.search).get('scene');
const scene = name === null ? undefined : SCENES[name]?.();
if (scene === undefined) {
  for (const each of Object.keys(SCENES)) {
    const link = document.createElement('a');
    link.href = `?scene=${each}`;
    link.textContent = each;
    document.body.append(link, document.createElement('br'));
  }
} else {
  const shell = document.createElement('app-shell');
  Object.assign(shell, { app: scene.app, route: scene.route, ...(scene.checks === undefined ? {} : { checks: scene.checks }) });
  document.body.append(shell);
  for (const step of scene.act ?? []) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if ('click' in step) document.querySelector<HTMLElement>(step.click)?.click();
    else if ('choose' in step) {
      const list = document.querySelector<HTMLSelectElement>(step.choose);
      if (list !== null) list.value = step.value;
      list?.dispatchEvent(new Event('change', { bubbles: true }));
    } else {
      const box = document.querySelector<HTMLInputElement>(step.fill);
      if (box !== null) box.value = step.with;
      box?.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
}
document.body.dataset['drawn'] = '';
