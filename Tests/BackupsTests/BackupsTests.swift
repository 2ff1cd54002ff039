import Backups
import Testing
