// Its API is newer than the oldest VS Code that we compile against, so it is neither checked nor linted with the rest.
// A language model without a network: it repeats the last message word by word, and one token is one word.
const { LanguageModelTextPart, lm } = require('vscode');

const words = (text) => text.split(/(?<=\s)/).filter((word) => word !== '');
const textOf = (message) =>
  message.content.map((part) => (part instanceof LanguageModelTextPart ? part.value : '')).join('');

const facts = { version: '1', maxInputTokens: 4000, maxOutputTokens: 4000 };
const models = [
  { ...facts, id: 'echo', name: 'Echo', family: 'echo', capabilities: { toolCalling: true } },
  { ...facts, id: 'plain', name: 'Plain', family: 'plain', capabilities: {} },
];

exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    lm.registerLanguageModelChatProvider('switchboard-test', {
      provideLanguageModelChatInformation: async () => models,
      provideLanguageModelChatResponse: async (model, messages, _options, progress) => {
        for (const word of words(`${model.id} says: ${textOf(messages.at(-1))}`))
          progress.report(new LanguageModelTextPart(word));
      },
      provideTokenCount: async (_model, text) => words(typeof text === 'string' ? text : textOf(text)).length,
    }),
  );
};
