-- Mass changes: who approved what two have to decide, and the alert that waits for the webhook.
ALTER TABLE mass_change ADD COLUMN needs_two INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mass_change ADD COLUMN approved INTEGER;
ALTER TABLE mass_change ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
ALTER TABLE mass_change ADD COLUMN alert_due INTEGER;
ALTER TABLE mass_change ADD COLUMN alert_attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mass_change_alert ON mass_change (alert_due) WHERE alert_due IS NOT NULL;
