import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { icon } from './icons.ts';
import { named } from './named.ts';
import { afterPress } from './release.ts';

/** Defines the elements that the functions of this file render; once, before the first render. */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeTextArea(),
    vsCodeTextField(),
  );
}

export interface ButtonOptions {
  readonly kind?: 'primary' | 'secondary' | 'icon';
  readonly icon?: TemplateResult;
  /** For assistive technology, where the label alone does not say enough; an icon button must have one. */
  readonly name?: string;
  readonly help?: string;
  readonly isDisabled?: boolean;
  readonly testId?: string;
  /** Kept out of the tab order, because arrow keys lead to it. */
  readonly isInList?: boolean;
}

/** A push button. */
export function button(
  label: string,
  onClick: (event: Event) => void,
  options: ButtonOptions = {},
): TemplateResult {
  const { kind = 'secondary', icon, name, help, isDisabled = false, testId, isInList = false } = options;
  const title = help ?? (kind === 'icon' ? (name ?? label) : undefined);
  return html`<vscode-button
    appearance=${kind}
    aria-label=${name ?? (kind === 'icon' ? label : nothing)}
    title=${title ?? nothing}
    data-testid=${testId ?? nothing}
    tabindex=${isInList ? -1 : nothing}
    data-in-row=${isInList ? '' : nothing}
    ?disabled=${isDisabled}
    @click=${onClick}
    >${icon && kind !== 'icon' ? html`<span slot="start">${icon}</span>` : (icon ?? nothing)}${
      kind === 'icon' && icon ? nothing : label
    }</vscode-button
  >`;
}

export interface TextOptions {
  /** What assistive technology reads: label, state and message, since these stand outside the element. */
  readonly name: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** The field was left or its value committed. */
  readonly onDone?: () => void;
  readonly placeholder?: string | undefined;
  readonly isInvalid?: boolean;
  readonly isRequired?: boolean;
  readonly id?: string;
}

/** A one-line text field. */
export function textField(
  options: TextOptions & {
    readonly type?: 'text' | 'password' | 'email' | 'url';
    readonly start?: TemplateResult;
    readonly end?: TemplateResult;
    readonly onPaste?: (event: ClipboardEvent) => void;
  },
): TemplateResult {
  return html`<vscode-text-field
    id=${options.id ?? nothing}
    type=${options.type ?? 'text'}
    spellcheck="false"
    autocomplete="off"
    ${named(options.name)}
    aria-invalid=${options.isInvalid ? 'true' : nothing}
    data-invalid=${options.isInvalid ? '' : nothing}
    placeholder=${options.placeholder ?? nothing}
    ?required=${options.isRequired ?? false}
    .value=${live(options.value)}
    @input=${(event: Event) => options.onInput(valueOf(event))}
    @change=${() => afterPress(() => options.onDone?.())}
    @blur=${() => afterPress(() => options.onDone?.())}
    @paste=${options.onPaste ?? nothing}
    >${options.start ? html`<span slot="start">${options.start}</span>` : nothing}${
      options.end ? html`<span slot="end">${options.end}</span>` : nothing
    }</vscode-text-field
  >`;
}

/** A text field of several lines; `isCode` for JSON and the like. */
export function textArea(
  options: TextOptions & { readonly rows: number; readonly isCode?: boolean },
): TemplateResult {
  return html`<vscode-text-area
    id=${options.id ?? nothing}
    class=${options.isCode ? 'code-input' : ''}
    rows=${options.rows}
    resize="vertical"
    spellcheck="false"
    ${named(options.name)}
    aria-invalid=${options.isInvalid ? 'true' : nothing}
    data-invalid=${options.isInvalid ? '' : nothing}
    placeholder=${options.placeholder ?? nothing}
    .value=${live(options.value)}
    @input=${(event: Event) => options.onInput(valueOf(event))}
    @change=${() => afterPress(() => options.onDone?.())}
    @blur=${() => afterPress(() => options.onDone?.())}
  ></vscode-text-area>`;
}

/** A check box with its label. */
export function checkbox(options: {
  readonly label: TemplateResult | string;
  readonly name?: string;
  readonly isChecked: boolean;
  readonly isDisabled?: boolean;
  readonly help?: string;
  readonly onChange: (isChecked: boolean) => void;
}): TemplateResult {
  return html`<vscode-checkbox
    ${options.name === undefined ? nothing : named(options.name)}
    title=${options.help ?? nothing}
    ?disabled=${options.isDisabled ?? false}
    .checked=${live(options.isChecked)}
    @change=${(event: Event) => {
      const isChecked = (event.target as HTMLInputElement).checked;
      // Setting the property from a render fires too; only a change by hand is news.
      if (isChecked !== options.isChecked) options.onChange(isChecked);
    }}
    >${options.label}</vscode-checkbox
  >`;
}

/** One line of a drop-down list. */
export interface DropdownOption {
  readonly value: string;
  readonly label: TemplateResult | string;
}

/** A drop-down list. */
export function dropdown(options: {
  readonly name: string;
  readonly options: readonly DropdownOption[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isInvalid?: boolean;
  readonly id?: string;
}): TemplateResult {
  return html`<vscode-dropdown
    id=${options.id ?? nothing}
    ${named(options.name)}
    aria-invalid=${options.isInvalid ? 'true' : nothing}
    data-invalid=${options.isInvalid ? '' : nothing}
    .value=${live(options.value)}
    @change=${(event: Event) => {
      const value = valueOf(event);
      if (value !== options.value) options.onChange(value);
    }}
    >${options.options.map(
      (option) =>
        // The component takes its name from its text once; a text that changes has to bring the name along.
        html`<vscode-option
          value=${option.value}
          ?selected=${option.value === options.value}
          aria-label=${typeof option.label === 'string' ? option.label : nothing}
          >${option.label}</vscode-option
        >`,
    )}</vscode-dropdown
  >`;
}

/** A turning ring for work without a known end. */
export function ring(name: string): TemplateResult {
  return html`<span class="ring" role="progressbar" aria-label=${name}>${icon('busy', 'quiet', true)}</span>`;
}

function valueOf(event: Event): string {
  return (event.currentTarget as HTMLInputElement).value;
}
