-- Incremental imports ask for what was changed since the last one, and read it in that order. New rows go to the end of
-- the index; a change moves one entry.
CREATE INDEX resource_by_last_modified ON resource (tenant_id, type, last_modified, id);

-- Members that may have members themselves: few, where most members are users. Going down from a group looks at them
-- only, and knows from the count of all how many users there are.
CREATE INDEX membership_nested ON membership (tenant_id, group_id, member_type, member_id) WHERE member_type <> 'User';
