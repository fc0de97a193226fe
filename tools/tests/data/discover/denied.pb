


access denied