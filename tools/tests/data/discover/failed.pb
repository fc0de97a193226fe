
?
=
;failed constructing descriptor for chaincodes:{name:"nope"}