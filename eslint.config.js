import tseslint from 'typescript-eslint';

/** Calls that would make a run unrepeatable, each with what to use instead. */
const bannedGlobals = [
  { object: 'Date', property: 'now', message: 'Take a Clock (core/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Take a Random (core/random.ts).' },
  { object: 'crypto', property: 'randomUUID', message: 'Take a Random (core/random.ts).' },
];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      'client-sdk/src/generated/**',
      'coverage/**',
      '**/*.js',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-unused-expressions': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-properties': ['error', ...bannedGlobals],
      'no-console': 'error',
      'no-control-regex': 'error',
    },
  },
  { files: ['core/clock.ts', 'core/random.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['cli/**', 'demo/**', 'test/**', 'bench/**'], rules: { 'no-console': 'off' } },
  { files: ['test/**'], rules: { 'no-restricted-properties': 'off' } },
);
