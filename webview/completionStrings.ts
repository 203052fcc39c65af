/** Texts of fields that a server completes. */
export const completionStrings = {
  'completion.suggestions': 'Suggestions for {0}',
  'completion.count.one': '1 suggestion',
  'completion.count.other': '{0} suggestions',
  'completion.none': 'No suggestions',
} as const;
