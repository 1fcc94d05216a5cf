import { parseQualified } from '../config/names.ts';
import { catalogDifference } from '../database/catalog.ts';
import type { Sql } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { type Controls, controlDifferences, coveredEntries, keyOf, takeControls } from './controls.ts';
import { type CopyTable, nameOf } from './copy-set.ts';
import { writeOneForm } from './form.ts';
import type { Manifest } from './manifest.ts';
import { fileOf } from './read.ts';
import { damaged } from './verify.ts';

/** @throws Problem BACKUP_DAMAGED where there is nothing to count against */
export function controlsOf(folder: string, manifest: Manifest): Controls {
  if (!manifest.controls || !manifest.schema) throw damaged(folder, ['manifest.json: it has no control totals']);
  for (const { table } of manifest.controls.tables) fileOf(folder, manifest, parseQualified(table));
  return manifest.controls;
}

/** Counts a restored backup again: a line for each control total, and each definition, that is not what it was. */
export async function compare(sql: Sql, manifest: Manifest, controls: Controls): Promise<string[]> {
  const counted = countedBy(controls, manifest.facts as Facts);
  const missing = await sql<{ table: string }[]>`
    select name as table from json_array_elements_text(${JSON.stringify(controls.tables.map(t => t.table))}::text::json) as name
     where to_regclass(name) is null`;
  return sql.begin('isolation level repeatable read', async tx => {
    await writeOneForm(tx);
    if (missing.length > 0) return missing.map(m => `${m.table.replaceAll('"', '')}: could not be made again`);
    const found = await takeControls(tx, counted);
    const differences = controlDifferences(controls, found);
    if (found.catalog.sha256 === controls.catalog.sha256) return differences;
    const before = manifest.definitions.filter(entry => controls.catalog.objects.includes(keyOf(entry)));
    const after = await coveredEntries(tx, counted);
    return [...differences, ...catalogDifference(before, after).map(line => `catalog: ${line}`)];
  });
}

function countedBy(controls: Controls, facts: Facts) {
  const tables: CopyTable[] = controls.tables.map(({ table, columns, partial }) => {
    const name = parseQualified(table);
    return { name: nameOf(name), table: name, columns, partial };
  });
  const { table, sums } = controls.balances;
  return {
    tables,
    balances: { table, columns: sums.map(s => s.column) },
    consume: { schema: facts.consume.schema, name: facts.consume.name },
  };
}
