const transform = {
  '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/test/tsconfig.json' }],
};

/** One project per kind of test; `npm run jest -- --selectProjects unit` runs one. */
const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: testMatch.map((pattern) => `<rootDir>/test/${pattern}`),
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform,
  ...extra,
});

export default {
  maxWorkers: 2,
  testTimeout: 60_000,
  projects: [
    project('architecture', ['architecture/**/*.test.ts']),
    project('unit', ['unit/**/*.test.ts', 'legacy/**/*.test.ts']),
    project('database', ['database/**/*.test.ts']),
    project('system', ['api/**/*.test.ts', 'topology/**/*.test.ts']),
    project('simulation', ['simulation/**/*.test.ts']),
    project('network', ['network/**/*.test.ts']),
    project('browser', ['browser/**/*.test.ts']),
  ],
};
