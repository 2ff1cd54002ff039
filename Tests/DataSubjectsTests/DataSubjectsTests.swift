import DataSubjects
import Testing
