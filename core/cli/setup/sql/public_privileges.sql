-- What is created in the schema public from now on, by the role that runs this, is open to the API's roles; row-level
-- security decides about rows. Nothing changes for what is there already.
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on routines to anon, authenticated, service_role;
