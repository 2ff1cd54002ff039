/// Requests of data subjects: finding, handing out and forgetting what is held of a person.
