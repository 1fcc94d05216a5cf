import type { Criterion } from '../criterion.ts';
import { searchSource } from '../source.ts';

export const application: Criterion = {
  name: 'functions.application',
  claim: 'with --source: no application code names the legacy function or a legacy column',
  remedy: 'calls of the function go on working, but their answer changes; what uses a column has to use the pools',
  asked: ({ source }) => source !== undefined,
  find: async ({ model, evidence }) => {
    const names = [model.functions.consume.name, ...model.balances.retired.map(({ column }) => column)];
    const found = await searchSource(evidence.source ?? '', names);
    // Every place, not the first of them: it is a list to work through.
    return { outcome: found.length > 0 ? 'warns' : 'met', found };
  },
};
