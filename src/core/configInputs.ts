import { getNodeValue } from 'jsonc-parser';
import {
  kindOfValue,
  quoted,
  type ConfigMember,
  type ConfigNode,
  type ConfigReader,
} from './configReader.ts';
import type { Json } from './json.ts';
import type { InputDefinition } from './server.ts';

const kinds = new Map<string, InputDefinition['kind']>([
  ['promptString', 'text'],
  ['pickString', 'pick'],
  ['command', 'command'],
]);

/** The `inputs` of a VS Code file; a bad one is reported and left out. */
export function readInputs(reader: ConfigReader, list: ConfigNode): readonly InputDefinition[] {
  if (list.type === 'null') return [];
  if (list.type !== 'array') {
    reader.report(list, `inputs: expected an array, found ${kindOfValue(list)}`);
    return [];
  }
  const inputs = new Map<string, InputDefinition>();
  for (const [index, item] of (list.children ?? []).entries()) {
    const input = readInput(reader, item, `inputs[${index}]`);
    if (!input) continue;
    if (inputs.has(input.id))
      reader.report(item, `inputs[${index}]: the id ${quoted(input.id)} occurs twice; the first one counts`);
    else inputs.set(input.id, input);
  }
  return [...inputs.values()];
}

function readInput(reader: ConfigReader, item: ConfigNode, path: string): InputDefinition | undefined {
  if (item.type !== 'object') {
    reader.report(item, `${path}: expected an object, found ${kindOfValue(item)}`);
    return undefined;
  }
  if (!reader.isWhole(item)) return undefined;
  const members = new Map(reader.members(item).map((member) => [member.name, member]));
  let isSound = true;
  const fail = (at: ConfigNode, message: string) => {
    isSound = false;
    reader.report(at, `${path}${message}`);
  };
  const read = (field: string, type: 'string' | 'boolean', isRequired = false): unknown => {
    const value = members.get(field)?.value;
    if (value?.type === type) return value.value;
    if (value) fail(value, `.${field}: expected a ${type}, found ${kindOfValue(value)}`);
    else if (isRequired) fail(item, `: "${field}" is missing`);
    return undefined;
  };
  const id = read('id', 'string', true);
  const type = read('type', 'string', true);
  const description = read('description', 'string');
  const isPassword = read('password', 'boolean');
  const initial = read('default', 'string');
  if (id === '') fail(members.get('id')?.value ?? item, '.id: is empty');
  const kind = typeof type === 'string' ? kinds.get(type) : undefined;
  if (typeof type === 'string' && kind === undefined) {
    fail(
      members.get('type')?.value ?? item,
      `.type: expected "promptString", "pickString" or "command", found ${quoted(type)}`,
    );
  }
  const options = kind === 'pick' ? readOptions(members.get('options'), item, fail) : [];
  const commandId = kind === 'command' ? read('command', 'string', true) : undefined;
  if (!isSound || typeof id !== 'string' || kind === undefined) return undefined;
  return {
    id,
    kind,
    description: typeof description === 'string' ? description : '',
    isPassword: isPassword === true,
    default: typeof initial === 'string' ? initial : undefined,
    options: options.map((option) => option.value),
    ...(kind === 'pick' ? { optionLabels: options.map((option) => option.label) } : {}),
    ...(typeof commandId === 'string' ? { command: { id: commandId, args: argsOf(members) } } : {}),
  };
}

interface Option {
  readonly value: string;
  readonly label: string;
}

function readOptions(
  member: ConfigMember | undefined,
  item: ConfigNode,
  fail: (at: ConfigNode, message: string) => void,
): readonly Option[] {
  if (member?.value.type !== 'array' || (member.value.children ?? []).length === 0) {
    fail(member?.value ?? item, '.options: expected a list of choices');
    return [];
  }
  return (member.value.children ?? []).flatMap((node, index): Option[] => {
    const plain: unknown = getNodeValue(node);
    if (typeof plain === 'string') return [{ value: plain, label: plain }];
    const { value, label } = (plain ?? {}) as { value?: unknown; label?: unknown };
    if (typeof value === 'string') return [{ value, label: typeof label === 'string' ? label : value }];
    fail(node, `.options[${index}]: expected a string or an object with "value", found ${kindOfValue(node)}`);
    return [];
  });
}

function argsOf(members: ReadonlyMap<string, ConfigMember>): Json | undefined {
  const node = members.get('args')?.value;
  return node ? structuredClone(getNodeValue(node) as Json) : undefined; // plain objects instead of the parser's bare ones
}
