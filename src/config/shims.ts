import type { Facts } from '../database/facts.ts';
import { Fragment, quoteIdentifier } from './names.ts';
import type { Config } from './schema.ts';

/**
 * The legacy functions that a shim can stand in for: those with the parameters of organization and action. Another overload
 * stays where it is; where it calls one of these by name, that call is noted.
 */
export function shimsOf(config: Config, facts: Facts) {
  const { organization, action, quantity = 'p_quantity' } = config.functions.consume;
  return facts.overloads.flatMap(f => {
    // Only by position: a parameter may be called like anything that the body names.
    const given = (name: string) => {
      const position = f.parameters.findIndex(p => p.name === name) + 1;
      return position > 0 ? new Fragment(`$${position}::pg_catalog.text`) : undefined;
    };
    const [forOrganization, forAction] = [given(organization), given(action)];
    if (!forOrganization || !forAction) return [];
    return {
      schema: f.schema,
      name: f.name,
      types: new Fragment(f.types),
      owner: f.owner,
      definer: f.securityDefiner,
      returns: new Fragment(f.returns),
      parameters: new Fragment(
        f.parameters
          .map(p => `${p.name ? quoteIdentifier(p.name) : ''} ${p.type}${p.fallback ? ` default ${p.fallback}` : ''}`)
          .join(', '),
      ),
      passed: new Fragment(f.parameters.map((_, i) => `$${i + 1}`).join(', ')),
      setAside: `creditshift_shadow.${quoteIdentifier(f.name)}(${f.types})`,
      inPlace: `${quoteIdentifier(f.schema)}.${quoteIdentifier(f.name)}(${f.types})`,
      organization: forOrganization,
      action: forAction,
      quantity: given(quantity) ?? new Fragment("'1'"),
    };
  });
}
