-- Mass changes: who approved what two have to decide, and the alert that waits for the webhook.
ALTER TABLE mass_change ADD COLUMN needs_two boolean NOT NULL DEFAULT false;
ALTER TABLE mass_change ADD COLUMN approved bigint;
ALTER TABLE mass_change ADD COLUMN approved_by text NOT NULL DEFAULT '';
ALTER TABLE mass_change ADD COLUMN alert_due bigint;
ALTER TABLE mass_change ADD COLUMN alert_attempts bigint NOT NULL DEFAULT 0;
CREATE INDEX mass_change_alert ON mass_change (alert_due) WHERE alert_due IS NOT NULL;
