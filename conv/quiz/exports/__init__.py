"""Questions as files for question banks: Moodle XML, GIFT, and the text from which text2qti makes Canvas's QTI."""
