"""newsarchive"""
