/** The sets of rules that a chain can start with or go over to, each with what it means. */
import { html } from 'lit';
import { TEMPLATES, type Template } from '../core/policy/templates.ts';
import { TEMPLATE_WORDS } from './governance-words.ts';

/** Radio buttons named `template`; `changed` hears of each choice. */
export function templateChoice(chosen: Template, changed: (template: Template) => void) {
  return html`<fieldset>
    <legend>Who comes in, and how</legend>
    ${TEMPLATES.map(
      (template) => html`<div class="choice">
        <input
          id="template-${template}"
          type="radio"
          name="template"
          value=${template}
          .checked=${template === chosen}
          aria-describedby="template-${template}-means"
          @change=${() => changed(template)}
        />
        <label for="template-${template}">${TEMPLATE_WORDS[template].name}</label>
        <p id="template-${template}-means" class="hint">${TEMPLATE_WORDS[template].means}</p>
      </div>`,
    )}
  </fieldset>`;
}

/** The template that a form names. */
export function templateIn(form: FormData): Template {
  return TEMPLATES.find((one) => one === form.get('template')) ?? 'open-link';
}
