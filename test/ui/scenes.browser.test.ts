/** What must hold in every state of every page, light and dark, at the width of a small phone and of a desk. */
import axe from 'axe-core';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { cdp, page } from 'vitest/browser';
import { mountScene, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

const SIZES = [
  { name: 'phone', width: 360, height: 740 },
  { name: 'desk', width: 1280, height: 800 },
] as const;

/** Without motion, so that no colour is judged on its way to another. */
async function colourScheme(value: 'light' | 'dark' | ''): Promise<void> {
  const motion = { name: 'prefers-reduced-motion', value: value === '' ? '' : 'reduce' };
  await cdp().send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }, motion] });
}

afterEach(unmount);
afterAll(() => colourScheme(''));

/** WCAG 2.2 A and AA, and axe's own good practice; the test's page around ours is not judged. */
async function violations(): Promise<string> {
  const { violations: found } = await axe.run(document.body, { resultTypes: ['violations'], rules: { region: { enabled: false } } });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`)).join('\n');
}

/** The smallest target a finger can be asked to hit (WCAG 2.5.8), links within a sentence excepted. */
const TARGET_PX_MIN = 24;

function smallTargets(): readonly string[] {
  const targets = [
    ...document.querySelectorAll<HTMLElement>('app-shell :is(button, input, select, textarea, summary, .brand, .chain-link)'),
  ];
  return targets
    .filter((target) => target.checkVisibility())
    .filter(
      (target) =>
        target.getBoundingClientRect().height <
        (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type) ? 20 : TARGET_PX_MIN),
    )
    .map((target) => target.outerHTML);
}

describe.each(SIZES)('on a $name', ({ width, height }) => {
  test.each(Object.keys(SCENES))('%s', async (name) => {
    await page.viewport(width, height);
    const scene = SCENES[name]?.();
    if (scene === undefined) throw new Error(`no scene ${name}`);
    await colourScheme('light');
    await mountScene(scene);
    expect(document.documentElement.scrollWidth, 'nothing is wider than the screen').toBeLessThanOrEqual(width);
    expect(document.querySelectorAll('h1'), 'one heading names the page').toHaveLength(1);
    expect(smallTargets()).toEqual([]);
    expect(await violations(), 'light').toBe('');
    await colourScheme('dark');
    expect(await violations(), 'dark').toBe('');
  });
});
