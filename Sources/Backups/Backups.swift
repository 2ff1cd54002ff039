/// Backups and their restoration.
