export const OBSTACLES = [
  'PRIVILEGE_MISSING',
  'OWNERS_DIFFER',
  'ROLE_MISSING',
  'FORCED_ROW_SECURITY',
  'NAME_TAKEN',
  'COLUMN_SLOTS',
  'OWNER_NOT_UNIQUE',
  'ACTION_REPEATED',
  'TENANT_REPEATED',
  'OWNER_REPEATED',
  'PARTITIONED',
  'ROW_TYPE_STORED',
  'REPLICA_IDENTITY',
  'LOG_FOREIGN_KEY',
  'COST_FRACTION',
  'USER_TRIGGER',
  'BALANCE_TRIGGER',
  'OVERLOAD_UNLISTED',
  'PARAMETER_MISSING',
  'PARAMETER_UNKNOWN',
  'RETURN_TYPE',
  'DEPENDENT',
] as const;
export type ObstacleCode = (typeof OBSTACLES)[number];

/** Something that must be put right before a migrate may begin. */
export interface Obstacle {
  code: ObstacleCode;
  message: string;
}
