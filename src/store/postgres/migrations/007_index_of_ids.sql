-- The index of ids is the youngest of its table. As long as the database has not counted the rows, as during a first
-- import, others look as good to the planner, which then takes the youngest; and the one by time is a walk over all
-- resources of a type. tests/store/postgres_test.cpp (AFirstImport...) sees when that is no longer so.
CREATE UNIQUE INDEX resource_by_id ON resource (tenant_id, type, id);
-- It says what it renames.
SET LOCAL client_min_messages = warning;
ALTER TABLE resource DROP CONSTRAINT resource_pkey;
ALTER TABLE resource ADD CONSTRAINT resource_pkey PRIMARY KEY USING INDEX resource_by_id;
