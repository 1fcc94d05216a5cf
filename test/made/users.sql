-- An application that keeps credits on its users: no log, no price list, no function that charges. Privileges of new
-- tables and sequences are given away, as a hosted PostgreSQL does.
create schema app;
alter default privileges in schema app grant all on tables to anon, authenticated, service_role;
alter default privileges in schema app grant all on sequences to anon, authenticated, service_role;
create table app.users (
  id      text primary key,
  email   text not null,
  credits integer not null default 0,
  plan    text
);
alter table app.users enable row level security;
create policy own on app.users for select to authenticated
  using (id = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub');
revoke all on app.users from anon, authenticated;
grant usage on schema app to anon, authenticated, service_role;
grant select on app.users to authenticated;
insert into app.users (id, email, credits, plan) values
  ('usr_ada', 'ada@example.com', 120, 'pro'),
  ('usr_bob', 'bob@example.com', 7, 'free'),
  ('usr_cyd', 'cyd@example.com', 41, 'free'),
  ('usr_dee', 'dee@example.com', 0, null);
