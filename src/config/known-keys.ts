import { z } from 'zod';

/** Keys that the configuration's form has at a path, of every variant that is possible there. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const shapes = reached(schema, path).map(found => (found instanceof z.ZodObject ? found.shape : {}));
  return [...new Set(shapes.flatMap(Object.keys))];
}

function reached(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType[] {
  const inner = within(schema);
  if (inner) return inner.flatMap(one => reached(one, path));
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  if (schema instanceof z.ZodRecord) return reached(schema.valueType, rest);
  const next = schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined;
  return next ? reached(next, rest) : [];
}

/** What a union, a default, an option or a transformation is made of; undefined for anything else. */
function within(schema: z.core.$ZodType): readonly z.core.$ZodType[] | undefined {
  if (schema instanceof z.ZodUnion) return schema.options;
  if (schema instanceof z.ZodPipe) return [schema.in];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return [schema.unwrap()];
  return undefined;
}
