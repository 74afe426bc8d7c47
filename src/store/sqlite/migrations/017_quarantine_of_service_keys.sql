-- Like credential.quarantined: nobody has confirmed the key since an older database was restored.
ALTER TABLE service_key ADD COLUMN quarantined INTEGER;
